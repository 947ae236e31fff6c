from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_merged'),
    ]

    operations = [
        migrations.CreateModel(
            name='ForgottenRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('password', 'Password'), ('username', 'Username')], max_length=8)),
                ('sealed', models.BinaryField(help_text='what was typed and from which browser, encrypted')),
                ('asked_at', models.DateTimeField()),
            ],
        ),
    ]
