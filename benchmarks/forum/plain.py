"""The page that everything is measured against: one Jinja file, a list of twenty strings."""

from flask import Flask, render_template

app = Flask(__name__, template_folder=".")


@app.route("/")
def page():
    return render_template("plain.html", lines=[f"Line {number}" for number in range(20)])
